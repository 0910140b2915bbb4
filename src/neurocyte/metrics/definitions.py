"""What each figure of an evaluation is, in one sentence a reader of the JSON can quote."""

DEFINITIONS = {
    "n": "Images scored.",
    "cells_true": "True cells in the images scored.",
    "cells_pred": "Predicted cells in the images scored.",
    "iou": "Foreground intersection over union, pixels of all images pooled.",
    "dice": "Foreground Dice (F1), pixels of all images pooled.",
    "precision": "Share of the predicted foreground pixels that are right, pooled.",
    "recall": "Share of the true foreground pixels that are found, pooled.",
    "pixel_accuracy": "Share of all pixels that are right, background included, pooled; no result by itself.",
    "mean_iou_two_classes": "Mean of foreground and background IoU, pooled; no result by itself.",
    "frequency_weighted_iou": "Foreground and background IoU weighted by their true pixels, pooled; "
    "no result by itself.",
    "iou_image": "Foreground IoU of each image, mean over images.",
    "dice_image": "Foreground Dice of each image, mean over images.",
    "boundary_f1": "F1 of the foreground's outline with 2 px tolerance, mean over images.",
    "cldice": "Dice of the foreground's centre lines: lengths found and lengths right, whatever the widths; "
    "mean over images.",
    "map": "Competition mAP: TP / (TP + FP + FN) of an image's cells, mean over the IoU thresholds "
    "0.50, 0.55, ..., 0.95, mean over images; a match is IoU > threshold, strictly.",
    "ap50": "TP / (TP + FP + FN) at IoU > 0.50, mean over images.",
    "ap75": "TP / (TP + FP + FN) at IoU > 0.75, mean over images.",
    "ap": "TP / (TP + FP + FN) at each IoU threshold, mean over images.",
    "pq": "Panoptic quality of the cells at IoU > 0.5, mean over images.",
    "pq_pooled": "Panoptic quality of the cells of all images pooled, as its authors define it.",
    "aji": "Aggregated Jaccard index of the cells, mean over images.",
    "count_error": "Absolute difference of predicted and true number of cells, mean over images, in cells.",
    "count_error_relative": "Sum of the absolute differences over the number of true cells; "
    "null without a true cell.",
    "count_bias": "Predicted minus true number of cells, mean over images; positive = too many.",
    "splits": "True cells that hold more than half of each of two or more predicted cells, sum over images.",
    "merges": "Predicted cells that hold more than half of each of two or more true cells, sum over images.",
    "lost_pixels": "True pixels claimed by more than one cell, which a label image gives to one of them.",
    "intervals": "95 % percentile bootstrap over images, 2000 resamples, seed 0; none for a single image.",
    "empty": "Truth and prediction both empty score 1.0; one empty and the other not scores 0.0.",
    "by_type": "The same figures for the images of each cell type.",
}
