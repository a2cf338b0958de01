# By id or by name, whoever made it. One that others made is never deleted.
terraform import novasphere_images_image.debian debian-13
