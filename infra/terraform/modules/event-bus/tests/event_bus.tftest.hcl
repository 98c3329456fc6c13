mock_provider "aws" {
  source = "../../testing"
}

variables {
  name = "p-dev"
}

run "the_bus_has_the_stack_s_name" {
  assert {
    condition     = aws_cloudwatch_event_bus.this.name == "p-dev" && output.name == "p-dev"
    error_message = "an event's stack is its bus's name (jobqueue/eventbridge/event_bus.py)"
  }
}
