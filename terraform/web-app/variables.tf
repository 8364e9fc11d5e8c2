variable "model_uuid" {
  description = "UUID of the model to deploy to."
  type        = string
  nullable    = false
}

variable "charm_name" {
  description = "Name that the app's charm is published under."
  type        = string
  nullable    = false
}

variable "framework" {
  description = "The app's framework: flask, django, fastapi, go, expressjs or spring-boot."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["flask", "django", "fastapi", "go", "expressjs", "spring-boot"], var.framework)
    error_message = "There is no charm for this framework."
  }
}

variable "image" {
  description = "The app, as a rock: an address, or a revision on Charmhub."
  type        = string
  nullable    = false
}

variable "app_name" {
  description = "Name of the application; the charm's where there is none."
  type        = string
  default     = null
}

variable "base" {
  description = "Base of the charm's revision."
  type        = string
  default     = "ubuntu@24.04"

  validation {
    condition     = contains(["ubuntu@24.04", "ubuntu@26.04"], var.base)
    error_message = "The charms are for ubuntu@24.04 and ubuntu@26.04."
  }
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
  description = "How many units."
  type        = number
  default     = 1

  validation {
    condition     = var.units >= 0 && floor(var.units) == var.units
    error_message = "There is no such number of units."
  }
}

variable "config" {
  description = "Options of the charm, the app's own among them, that are not to have their defaults."
  type        = map(string)
  default     = {}
}

variable "constraints" {
  description = "Constraints of the application, such as \"mem=1G\"."
  type        = string
  default     = null
}
