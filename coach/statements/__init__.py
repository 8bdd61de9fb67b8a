"""The scorer by statements, which is in training: sentences read by an adapted encoder."""
