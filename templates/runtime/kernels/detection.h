/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TFLite_Detection_PostProcess: boxes decoded by their anchors, and non-maximum suppression over their scores.
 *
 * Boxes [N, 4 or more] and scores [N, classes, a background class before them or not] are floats, int8 or uint8;
 * anchors [N, 4] are floats. Outputs: boxes [M, 4] as top, left, bottom, right; classes [M]; scores [M]; how many. Of
 * boxes with equal scores, the first wins. overlap_threshold is in (0, 1].
 *
 * Source: TensorFlow Lite's detection_postprocess.cc.
 * Overlap: none; scores are read again for every class.
 */
#ifndef MLF_KERNELS_DETECTION_H
#define MLF_KERNELS_DETECTION_H

#include <math.h>
#include <stdint.h>

#include "requantize.h"

enum { MLF_DETECTION_FLOAT, MLF_DETECTION_S8, MLF_DETECTION_U8 };

/* Elements of any of three types. */
typedef struct {
	int32_t type;
	int32_t zero_point;
	float scale;
} mlf_detection_source;

typedef struct {
	int32_t boxes, coordinates; /* of one box */
	int32_t classes, columns;   /* of scores; the background is columns - classes wide */
	int32_t detections, detections_per_class;
	float score_threshold, overlap_threshold;
	float y_scale, x_scale, h_scale, w_scale;
	mlf_detection_source box, score;
} mlf_detection_layer;

typedef struct {
	float top, left, bottom, right;
} mlf_detection_box;

typedef struct {
	float *boxes, *classes, *scores, *count;
} mlf_detection_output;

/* For each box: decoded, its score in the current class, and whether it is still active. */
typedef struct {
	mlf_detection_box *boxes;
	float *scores;
	uint8_t *active;
} mlf_detection_scratch;

MLF_INLINE float mlf_detection_read(const void *from, int32_t at, mlf_detection_source source)
{
	int32_t value;

	if (source.type == MLF_DETECTION_FLOAT) {
		return ((const float *)from)[at];
	}
	value = source.type == MLF_DETECTION_S8 ? ((const int8_t *)from)[at] : ((const uint8_t *)from)[at];
	return (float)(value - source.zero_point) * source.scale;
}

/* In double, as the reference kernel does it. */
MLF_KERNEL mlf_detection_box mlf_detection_decode(const void *boxes, const float *anchor, int32_t number,
						  const mlf_detection_layer *layer)
{
	const int32_t at = number * layer->coordinates;
	const double y = (double)mlf_detection_read(boxes, at, layer->box) / (double)layer->y_scale;
	const double x = (double)mlf_detection_read(boxes, at + 1, layer->box) / (double)layer->x_scale;
	const double h = (double)mlf_detection_read(boxes, at + 2, layer->box) / (double)layer->h_scale;
	const double w = (double)mlf_detection_read(boxes, at + 3, layer->box) / (double)layer->w_scale;
	const float middle_y = (float)(y * (double)anchor[2] + (double)anchor[0]);
	const float middle_x = (float)(x * (double)anchor[3] + (double)anchor[1]);
	const float half_h = (float)(0.5 * exp(h) * (double)anchor[2]);
	const float half_w = (float)(0.5 * exp(w) * (double)anchor[3]);
	const mlf_detection_box box = {middle_y - half_h, middle_x - half_w, middle_y + half_h, middle_x + half_w};

	return box;
}

MLF_INLINE float mlf_detection_overlap(const mlf_detection_box *a, const mlf_detection_box *b)
{
	const float area_a = (a->bottom - a->top) * (a->right - a->left);
	const float area_b = (b->bottom - b->top) * (b->right - b->left);
	const float top = a->top > b->top ? a->top : b->top;
	const float left = a->left > b->left ? a->left : b->left;
	const float bottom = a->bottom < b->bottom ? a->bottom : b->bottom;
	const float right = a->right < b->right ? a->right : b->right;
	float shared;

	if (!(area_a > 0.0f) || !(area_b > 0.0f)) {
		return 0.0f;
	}
	shared = (bottom > top ? bottom - top : 0.0f) * (right > left ? right - left : 0.0f);
	return shared / (area_a + area_b - shared);
}

/* The best box that is still active, or -1. It and all boxes that overlap it become inactive. */
MLF_KERNEL int32_t mlf_detection_take(mlf_detection_scratch scratch, const mlf_detection_layer *layer)
{
	int32_t best = -1;

	for (int32_t i = 0; i < layer->boxes; i++) {
		if (scratch.active[i] != 0 && (best < 0 || scratch.scores[i] > scratch.scores[best])) {
			best = i;
		}
	}
	if (best < 0) {
		return best;
	}
	scratch.active[best] = 0;
	for (int32_t i = 0; i < layer->boxes; i++) {
		if (scratch.active[i] != 0 && mlf_detection_overlap(&scratch.boxes[best], &scratch.boxes[i]) >
						      layer->overlap_threshold) {
			scratch.active[i] = 0;
		}
	}
	return best;
}

/* Inserts a detection after those with at least its score; what does not fit is dropped. */
MLF_KERNEL void mlf_detection_put(mlf_detection_output out, int32_t *count, const mlf_detection_box *box,
				  float score, int32_t class, const mlf_detection_layer *layer)
{
	int32_t at = *count;

	for (; at > 0 && out.scores[at - 1] < score; at--) {
		if (at < layer->detections) {
			out.scores[at] = out.scores[at - 1];
			out.classes[at] = out.classes[at - 1];
			for (int32_t k = 0; k < 4; k++) {
				out.boxes[4 * at + k] = out.boxes[4 * (at - 1) + k];
			}
		}
	}
	if (at < layer->detections) {
		out.scores[at] = score;
		out.classes[at] = (float)class;
		out.boxes[4 * at] = box->top;
		out.boxes[4 * at + 1] = box->left;
		out.boxes[4 * at + 2] = box->bottom;
		out.boxes[4 * at + 3] = box->right;
		*count += *count < layer->detections ? 1 : 0;
	}
}

MLF_INLINE mlf_detection_scratch mlf_detection_divide(void *memory, const mlf_detection_layer *layer)
{
	mlf_detection_scratch scratch;

	scratch.boxes = (mlf_detection_box *)memory;
	scratch.scores = (float *)(void *)(scratch.boxes + layer->boxes);
	scratch.active = (uint8_t *)(void *)(scratch.scores + layer->boxes);
	return scratch;
}

MLF_INLINE void mlf_detection_finish(mlf_detection_output out, int32_t count, const mlf_detection_layer *layer)
{
	out.count[0] = (float)count;
	for (int32_t i = count; i < layer->detections; i++) {
		out.scores[i] = 0.0f;
		out.classes[i] = 0.0f;
		for (int32_t k = 0; k < 4; k++) {
			out.boxes[4 * i + k] = 0.0f;
		}
	}
}

/* Each box counts only for its best class. scratch: 21 bytes for each box. */
MLF_KERNEL void mlf_detection_fast(const void *boxes, const void *scores, const float *anchors,
				   mlf_detection_output out, void *memory, const mlf_detection_layer *layer)
{
	const mlf_detection_scratch scratch = mlf_detection_divide(memory, layer);
	const int32_t background = layer->columns - layer->classes;
	int32_t count = 0;

	for (int32_t i = 0; i < layer->boxes; i++) {
		float most = mlf_detection_read(scores, i * layer->columns + background, layer->score);

		for (int32_t c = 1; c < layer->classes; c++) {
			float score = mlf_detection_read(scores, i * layer->columns + background + c, layer->score);

			most = score > most ? score : most;
		}
		scratch.scores[i] = most;
		scratch.active[i] = most >= layer->score_threshold ? 1 : 0;
		if (scratch.active[i] != 0) {
			scratch.boxes[i] = mlf_detection_decode(boxes, anchors + 4 * i, i, layer);
		}
	}
	while (count < layer->detections) {
		int32_t best = mlf_detection_take(scratch, layer);
		int32_t class = 0;

		if (best < 0) {
			break;
		}
		while (class + 1 < layer->classes &&
		       mlf_detection_read(scores, best * layer->columns + background + class, layer->score) !=
			       scratch.scores[best]) {
			class++;
		}
		mlf_detection_put(out, &count, &scratch.boxes[best], scratch.scores[best], class, layer);
	}
	mlf_detection_finish(out, count, layer);
}

/* Each class separately, then the best of all. */
MLF_KERNEL void mlf_detection_regular(const void *boxes, const void *scores, const float *anchors,
				      mlf_detection_output out, void *memory, const mlf_detection_layer *layer)
{
	const mlf_detection_scratch scratch = mlf_detection_divide(memory, layer);
	const int32_t background = layer->columns - layer->classes;
	int32_t count = 0;

	for (int32_t i = 0; i < layer->boxes; i++) {
		scratch.boxes[i] = mlf_detection_decode(boxes, anchors + 4 * i, i, layer);
	}
	for (int32_t c = 0; c < layer->classes; c++) {
		for (int32_t i = 0; i < layer->boxes; i++) {
			scratch.scores[i] = mlf_detection_read(scores, i * layer->columns + background + c,
							       layer->score);
			scratch.active[i] = scratch.scores[i] >= layer->score_threshold ? 1 : 0;
		}
		for (int32_t taken = 0; taken < layer->detections_per_class; taken++) {
			int32_t best = mlf_detection_take(scratch, layer);

			if (best < 0) {
				break;
			}
			mlf_detection_put(out, &count, &scratch.boxes[best], scratch.scores[best], c, layer);
		}
	}
	mlf_detection_finish(out, count, layer);
}

#endif
