"""An environment in AWS: what runs in it, with which images, and where to look.

target              which environment, in which account and Region, and its clients
status, info        the running services, as read from AWS and as tables
service_deployment  the state of one ECS deployment
queue_depth         messages in a queue
images, image_tags  images of the services, and tags of a digest
paused              services paused by `jobctl pause`
triggers            sends triggers
timeline            time that each hop of a job took
console             links into the AWS console
prompt              questions on the terminal
errors              errors with what is wrong and what to do next
"""
