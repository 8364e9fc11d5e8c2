locals {
  # Charmcraft's extensions for Flask and Django had names of their own up to 24.04.
  own_names = contains(["flask", "django"], var.framework) && var.base != "ubuntu@26.04"
  image     = local.own_names ? "${var.framework}-app-image" : "app-image"
}

resource "juju_application" "app" {
  name       = var.app_name
  model_uuid = var.model_uuid

  charm {
    name     = var.charm_name
    base     = var.base
    channel  = var.channel
    revision = var.revision
  }

  config      = var.config
  constraints = var.constraints
  resources   = { (local.image) = var.image }
  units       = var.units
}
