/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compile-time settings. Define them on the command line, or name your own header with
 * -DMLF_CONFIG_FILE='"my_mlf_config.h"'; don't edit this file.
 */
#ifndef MLF_CONFIG_H_
#define MLF_CONFIG_H_

#ifdef MLF_CONFIG_FILE
#include MLF_CONFIG_FILE
#endif

/* Mark unused workspace in mlf_init() so that mlf_workspace_high_water() can measure. */
#ifndef MLF_CONFIG_WATERMARK
#define MLF_CONFIG_WATERMARK 1
#endif

/*
 * Compare in mlf_init() where buffers lie with the memory that they were planned for. Where an operating system maps
 * memory as it likes there is nothing to compare.
 */
#ifndef MLF_CONFIG_PLACEMENT
#if defined(__unix__) || defined(__APPLE__) || defined(_WIN32)
#define MLF_CONFIG_PLACEMENT 0
#else
#define MLF_CONFIG_PLACEMENT 1
#endif
#endif

/*
 * Count the cycles of each operator: mlf/profile.h. MLF_CONFIG_CYCLES() reads a free-running 32-bit counter of cores
 * that have no DWT.
 */
#ifndef MLF_CONFIG_PROFILE
#define MLF_CONFIG_PROFILE 0
#endif
/* The number of functions that are counted separately, and the maximum depth of their calls. */
#ifndef MLF_CONFIG_PROFILE_FUNCTIONS
#define MLF_CONFIG_PROFILE_FUNCTIONS 192U
#endif
#ifndef MLF_CONFIG_PROFILE_DEPTH
#define MLF_CONFIG_PROFILE_DEPTH 16U
#endif

#endif /* MLF_CONFIG_H_ */
