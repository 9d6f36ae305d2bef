"""The study: the report's figures as plans, and the folder of trials that they share."""
