/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MLF_KERNEL_H_
#define MLF_KERNEL_H_

/* Where configASSERT() goes. */
__attribute__((noreturn)) void mlf_assert_failed(const char *function, int line);

#endif /* MLF_KERNEL_H_ */
