/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What C11's <math.h> declares and Zephyr's minimal libc does not: the functions TVM's C code
 * generator calls. Included before each file of an archive if the minimal libc is selected;
 * the toolchain's libm defines them.
 */
#ifndef MLF_LIBM_H_
#define MLF_LIBM_H_

#define MLF_LIBM_1(name)         \
	float name##f(float x);  \
	double name(double x)
#define MLF_LIBM_2(name)                  \
	float name##f(float x, float y);  \
	double name(double x, double y)

MLF_LIBM_1(acos);
MLF_LIBM_1(acosh);
MLF_LIBM_1(asin);
MLF_LIBM_1(asinh);
MLF_LIBM_1(atan);
MLF_LIBM_1(atanh);
MLF_LIBM_1(ceil);
MLF_LIBM_1(cos);
MLF_LIBM_1(cosh);
MLF_LIBM_1(erf);
MLF_LIBM_1(exp);
MLF_LIBM_1(exp2);
MLF_LIBM_1(fabs);
MLF_LIBM_1(floor);
MLF_LIBM_1(log);
MLF_LIBM_1(log10);
MLF_LIBM_1(log1p);
MLF_LIBM_1(log2);
MLF_LIBM_1(nearbyint);
MLF_LIBM_1(round);
MLF_LIBM_1(rint);
MLF_LIBM_1(sin);
MLF_LIBM_1(sinh);
MLF_LIBM_1(tan);
MLF_LIBM_1(tanh);
MLF_LIBM_1(trunc);
MLF_LIBM_2(atan2);
MLF_LIBM_2(copysign);
MLF_LIBM_2(fmax);
MLF_LIBM_2(fmin);
MLF_LIBM_2(fmod);
MLF_LIBM_2(hypot);
MLF_LIBM_2(nextafter);
MLF_LIBM_2(pow);

#undef MLF_LIBM_1
#undef MLF_LIBM_2

#endif /* MLF_LIBM_H_ */
