output "app_name" {
  description = "Name of the application."
  value       = juju_application.redis.name
}

output "provides" {
  description = "Endpoints that others are related to."
  value = {
    grafana_dashboard = "grafana-dashboard"
    metrics_endpoint  = "metrics-endpoint"
    redis             = "redis"
  }
}

output "requires" {
  description = "Endpoints that are related to others."
  value = {
    logging = "logging"
  }
}
