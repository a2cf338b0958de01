# By id or by name, whoever made it. One that others made is never deleted.
import {
  to = novasphere_images_image.debian
  id = "debian-13"
}
