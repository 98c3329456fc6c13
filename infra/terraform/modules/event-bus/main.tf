# The bus that gets an event of each job's end (docs/decisions/0060). What hears them, rules and their targets, is made by whoever reads them.

resource "aws_cloudwatch_event_bus" "this" {
  name        = var.name # which every event says, too
  description = "Ends of jobs of ${var.name}: Job Completed, Job Dead, Job Cancelled."
}
