"""The inner loop, without Docker: both services on a local AWS, started anew when a file of theirs is saved, with their lines and their jobs' logs.

__main__   command line           loop   what runs and what is shown           sources   files whose change starts a service anew
submit     triggers that a person types
"""
