"""`neurocyte finetune`: a trained model goes on learning from a few corrected images, and forgets little."""
