/*
 * tool.h - what every program does around its work
 */
#ifndef MM_TOOL_H
#define MM_TOOL_H

#include "base/opt.h"

/*
 * A whole main(): parse, answer --help, --version and --print-config, choose
 * threads and CPU level, set stamp, log and signals, run the verb, check
 * stdout, print the error.  Returns the exit status.
 */
int tool_main(const struct mm_program *program, int argc, char **argv);

#endif
