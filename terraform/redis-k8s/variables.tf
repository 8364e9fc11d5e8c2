variable "model_uuid" {
  description = "UUID of the model to deploy to."
  type        = string
  nullable    = false
}

variable "charm_name" {
  description = "Name that the charm is published under. `redis-k8s` on Charmhub is another charm."
  type        = string
  nullable    = false
}

variable "image" {
  description = "Image with Redis and an exporter of its metrics: see rockcraft.yaml. An address, or a revision on Charmhub."
  type        = string
  nullable    = false
}

variable "app_name" {
  description = "Name of the application. Sentinel knows the master by it."
  type        = string
  default     = "redis-k8s"
}

variable "base" {
  description = "Base of the charm's revision."
  type        = string
  default     = "ubuntu@22.04"
}

variable "channel" {
  description = "Channel of the charm."
  type        = string
  default     = "latest/stable"
}

variable "revision" {
  description = "Revision of the charm; the channel's newest where there is none."
  type        = number
  default     = null
}

variable "units" {
  description = "How many units. From three on, the loss of the master's unit is survived without a human."
  type        = number
  default     = 3

  validation {
    condition     = var.units >= 0 && floor(var.units) == var.units
    error_message = "There is no such number of units."
  }
}

variable "config" {
  description = "Options of the charm that are not to have their defaults."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.config), ["durability", "enable-tls", "legacy-clients"])) == 0
    error_message = "The charm has the options durability, enable-tls and legacy-clients."
  }
}

variable "storage_directives" {
  description = "Size and pool of the storage `database`, such as { database = \"10G\" }."
  type        = map(string)
  default     = {}
}

variable "constraints" {
  description = "Constraints of the application, such as \"mem=4G\"."
  type        = string
  default     = null
}
