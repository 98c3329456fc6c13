"""An environment in AWS: what runs in it, with which images, and the links to it.

target              which environment, in which account and Region, and its clients
status, status_view the running services, read from AWS, and as tables
service_deployment  the state of one ECS deployment
ecs_service         the scaling, desired count and tasks of one ECS service
queue_depth         messages in a queue
images, image_tags  images of a task definition, and tags of a digest
paused, pausing     the paused services, and the steps of `jobctl pause` and `resume`
triggers            triggers that a person submits
timeline            the times of one job's events
console             links into the AWS console
prompt              questions on the terminal
"""
