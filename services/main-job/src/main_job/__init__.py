"""The main job: takes triggers, does its work, queues background jobs."""
