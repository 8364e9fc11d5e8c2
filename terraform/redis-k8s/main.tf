resource "juju_application" "redis" {
  name       = var.app_name
  model_uuid = var.model_uuid

  charm {
    name     = var.charm_name
    base     = var.base
    channel  = var.channel
    revision = var.revision
  }

  config             = var.config
  constraints        = var.constraints
  resources          = { redis-image = var.image }
  storage_directives = var.storage_directives
  units              = var.units
}
