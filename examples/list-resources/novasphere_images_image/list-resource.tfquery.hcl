# terraform query -generate-config-out=images.tf
list "novasphere_images_image" "images" {
  provider = novasphere
  limit    = 1000

  config {
    name_regex = "^debian-"
  }
}
