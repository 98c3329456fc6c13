"""An AWS on this machine, on loopback: `python -m localaws --port 0`, and what runs beside it.

aws           starts it; clients and credentials
moto_patches  what moto lacks or answers wrongly for this project, in moto's own classes
fast_aws      SQS and CloudWatch Logs with faults on demand, for the bench and fault tests
fargate       registered task definitions as containers, and a scheduler in place of ECS's
ecs_agent     what a task sees of its host
log_forward   container output into CloudWatch Logs
processes     child processes that never survive their tool
http_server   aiohttp servers in threads (`server_thread`)
docker        docker commands
"""
