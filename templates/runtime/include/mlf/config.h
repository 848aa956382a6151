/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunables. Define them on the command line, or name a header of your own with
 * -DMLF_CONFIG_FILE='"my_mlf_config.h"'; this file stays as it is.
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

#endif /* MLF_CONFIG_H_ */
