data "novasphere_images_image" "debian" {
  name = "debian-12"
}

# terraform apply -invoke=action.novasphere_images_image_refresh.debian
action "novasphere_images_image_refresh" "debian" {
  config {
    image_id = data.novasphere_images_image.debian.id
  }
}
