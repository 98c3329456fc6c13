"""Measurements of the images: sizes, what is in their layers, and the time to the first ReceiveMessage.

saved           what is in the layers of an image: compressed sizes, files and their modes
service_run     one service in one container, with the rights that it has in Fargate
relay           time of the first call of an operation
first_receive   from a container's start to its first ReceiveMessage, on a quarter of a core
measure         all of that for all images
report          table, notes and faults
"""
