output "app_name" {
  description = "Name of the application."
  value       = juju_application.app.name
}

output "provides" {
  description = "Endpoints that others are related to."
  value = {
    grafana_dashboard = "grafana-dashboard"
    metrics_endpoint  = "metrics-endpoint"
  }
}

output "requires" {
  description = "Endpoints that are related to others. The app's own charm may have more."
  value = {
    ingress = "ingress"
    logging = "logging"
  }
}
