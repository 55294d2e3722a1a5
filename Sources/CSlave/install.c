int mrn_install(const char *a, const char *b);
int mrn_install(const char *a, const char *b)
{
    (void)a;
    (void)b;
    return 71;
}
