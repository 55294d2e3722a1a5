/*
 * --install: the bundle that was unpacked in a temporary directory is checked against its manifest,
 * written to disk, and published by one rename. Returns the exit code.
 *
 * The manifest (module Archives writes it) is text: a line `marionette-bundle 1`, lines of a word
 * and a value, and for each file, in the order of the bytes of the paths, 64 hexadecimal digits,
 * two spaces, the mode 755 or 644, a space, and the path. Every file of the directory but the
 * manifest has a line, and there is nothing but files and directories. Where the final name is a
 * digest, it is that of the manifest: so one name vouches for every byte.
 */
#ifndef MRN_INSTALL_H
#define MRN_INSTALL_H

int mrn_install(const char *temporary, const char *final_name);

#endif
