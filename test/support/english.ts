/** Imported by tests that start the program as a process and read its text: they pass in any locale. */
process.env["LTD_LANG"] = "en";
