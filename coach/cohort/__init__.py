"""Cohorts: files of many answers in, marks, feedback and a picture of the class out."""
