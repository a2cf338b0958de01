data "novasphere_images_image_ids" "linux" {
  name_regex = "^(debian|ubuntu)-"
  sort       = "created_at:desc"
}

output "newest" {
  value = data.novasphere_images_image_ids.linux.ids[0]
}
