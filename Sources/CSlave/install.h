/*
 * --install: the bundle that was unpacked in a temporary directory is checked against its manifest,
 * written to disk, and published by one rename. Returns the exit code.
 *
 * The manifest is text. A line `sha256  mode path` for each file (64 hexadecimal digits, two
 * spaces, three octal digits, a space, the path), and lines `key value` for the rest. Every file of
 * the directory but the manifest itself has a line, and there is nothing but files and directories.
 */
#ifndef MRN_INSTALL_H
#define MRN_INSTALL_H

int mrn_install(const char *temporary, const char *final);

#endif
