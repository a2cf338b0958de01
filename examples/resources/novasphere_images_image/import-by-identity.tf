import {
  to = novasphere_images_image.debian
  identity = {
    id = "debian-13"
  }
}
