"""The `jobctl` command: what goes on in a stack, what happened to a job, and repairs.

app           the commands, their common options, and the reporting of errors
commands      one module for each command
watch         the live view
overview      the state of a stack; job_report: of a job; links: from both into the console
dead_letters  redriving and dropping
session       the stack and its credentials; output: tables or JSON, progress
environment   an environment in AWS, for the deploy steps too
views         Rich renderables of what queries reads
queries       readers with plain boto3 clients; they raise botocore's ClientError
aws_errors    errors of AWS in words; errors: the errors that end a command
"""
