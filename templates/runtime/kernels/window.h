/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window that slides over images [N, H, W, C], pixel by pixel of the output: which of its taps lie in the image, and
 * where. For the kernels that read tensors and weights as the model has them.
 */
#ifndef MLF_KERNELS_WINDOW_H
#define MLF_KERNELS_WINDOW_H

#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t batches;
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t dilation_height, dilation_width;
	int32_t pad_top, pad_left;
} mlf_window;

/* The part of a window that lies in the image, along one dimension. */
typedef struct {
	int32_t begin, end; /* taps of the kernel whose cell lies in the image, half open */
	int32_t first;	    /* the cell of tap 0, which may lie before the image */
} mlf_taps;

typedef struct {
	mlf_taps rows, columns;
	int32_t image; /* elements of the images before this pixel's */
} mlf_pixel;

/* The taps of a pixel in runs whose cells, and whose weights [KH, KW, depth], lie one behind the other. */
typedef struct {
	int32_t input, weights; /* elements before those of the first run */
	int32_t rows, runs;	/* of runs; runs in a row */
	int32_t length;		/* elements of a run */
	int32_t input_row, input_run, weights_row, weights_run; /* elements from one to the next */
} mlf_runs;

MLF_INLINE mlf_taps mlf_window_taps(int32_t out, int32_t stride, int32_t pad, int32_t kernel, int32_t dilation,
				    int32_t size)
{
	mlf_taps taps;
	int32_t rest;

	taps.first = out * stride - pad;
	taps.begin = taps.first < 0 ? (dilation - 1 - taps.first) / dilation : 0;
	rest = size - taps.first;
	taps.end = rest > 0 ? (rest - 1) / dilation + 1 : 0;
	taps.end = taps.end < kernel ? taps.end : kernel;
	return taps;
}

/* Output pixels of all images. */
MLF_INLINE int32_t mlf_window_pixels(const mlf_window *window)
{
	return window->batches * window->output_height * window->output_width;
}

/* number: of the output pixel, from the first image's on. */
MLF_KERNEL mlf_pixel mlf_window_pixel(const mlf_window *window, int32_t number)
{
	const int32_t x = number % window->output_width;
	const int32_t line = number / window->output_width;
	mlf_pixel pixel;

	pixel.rows = mlf_window_taps(line % window->output_height, window->stride_height, window->pad_top,
				     window->kernel_height, window->dilation_height, window->input_height);
	pixel.columns = mlf_window_taps(x, window->stride_width, window->pad_left, window->kernel_width,
					window->dilation_width, window->input_width);
	pixel.image = line / window->output_height * window->input_height * window->input_width *
		      window->input_channels;
	return pixel;
}

/* depth: the weights' channels, fewer than the input's where they are in groups. The first group's input. */
MLF_KERNEL mlf_runs mlf_window_runs(const mlf_window *window, int32_t number, int32_t depth)
{
	const mlf_pixel pixel = mlf_window_pixel(window, number);
	const int32_t across = pixel.columns.end - pixel.columns.begin;
	const int32_t whole = window->dilation_width == 1 && depth == window->input_channels;
	const int32_t row = pixel.rows.first + pixel.rows.begin * window->dilation_height;
	const int32_t column = pixel.columns.first + pixel.columns.begin * window->dilation_width;
	mlf_runs runs = {0};

	if (across <= 0 || pixel.rows.end <= pixel.rows.begin) {
		return runs;
	}
	runs.input = pixel.image + (row * window->input_width + column) * window->input_channels;
	runs.weights = (pixel.rows.begin * window->kernel_width + pixel.columns.begin) * depth;
	runs.rows = pixel.rows.end - pixel.rows.begin;
	runs.runs = whole != 0 ? 1 : across;
	runs.length = whole != 0 ? across * depth : depth;
	runs.input_row = window->dilation_height * window->input_width * window->input_channels;
	runs.input_run = window->dilation_width * window->input_channels;
	runs.weights_row = window->kernel_width * depth;
	runs.weights_run = depth;
	return runs;
}

#endif
