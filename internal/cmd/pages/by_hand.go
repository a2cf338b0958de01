// SPDX-License-Identifier: MPL-2.0

package main

// byHand has the lines about nouns whose plans decide by themselves what is replaced (crud.Request.Replace), and what a change means for
// a guest. A test holds the arguments to the schema.
var byHand = map[string][]line{
	"compute_instance": {
		{"Another value makes another instance, and destroys this one with its disks: %s. What was imported and never changed since may be " +
			"written as it was.", []string{"image_id", "image_name", "key_pair", "personality", "config_drive", "block_device", "scheduler_hints"}},
		{"%s: other data makes another instance, unless `user_data_replace_on_change = false`; then the guest keeps running and is handed " +
			"the new data. Another `user_data_wo`, and another `content_wo` of a file, count only with another number beside them; the same " +
			"text moved there from `user_data` or `content` changes nothing.", []string{"user_data", "user_data_wo", "user_data_wo_version"}},
		{"%s: another place makes another instance, and the plan warns of it. With `allow_live_migration = true` the instance is moved " +
			"instead, by vMotion while it runs.", []string{"availability_zone", "availability_zone_hints", "hypervisor_hostname"}},
		{"%s: a resize. A running guest keeps running where its hardware lets CPU and memory be added; else **it is shut down and started " +
			"again**, and a warning of the plan says so, with the reason. A root disk grows and never shrinks.", []string{"flavor_id",
			"flavor_name"}},
		{"%s: `shutoff` asks the guest to shut down and powers it off where it does not, `suspended` suspends it, `active` starts it.",
			[]string{"power_state"}},
		{"Changed while the guest runs: %s. A NIC whose block names another network is unplugged, and another one is plugged in.",
			[]string{"name", "description", "metadata", "tags", "security_groups", "network", "network_mode"}},
		{"No effect on an instance that exists, and a warning says so: %s.", []string{"admin_pass", "admin_pass_wo_version"}},
		{"They count when the instance is made, moved or destroyed next: %s.", []string{"admin_pass_wo", "allow_live_migration",
			"stop_before_destroy", "user_data_replace_on_change", "wait_for_cloud_init", "wait_for_ip"}},
	},
	"compute_keypair": {
		{"Another number destroys it and makes another one, unless `public_key_wo` is the key that is recorded: %s.",
			[]string{"public_key_wo_version"}},
		{"It counts when the key pair is made: %s.", []string{"public_key_wo"}},
	},
	"blockstorage_volume": {
		{"Another value destroys the volume with what is on it, and makes another one: %s. For `availability_zone` that is another zone, not " +
			"another host of it.", []string{"availability_zone", "image_id", "multiattach", "snapshot_id", "source_vol_id"}},
		{"%s: other hints make another volume where it was made with some.", []string{"scheduler_hints"}},
	},
	"images_image": {
		{"Another value destroys the image and makes another one: %s. An image that was imported keeps what it was made of.",
			[]string{"container_format", "decompress", "disk_format", "image_checksum", "image_id", "image_source_url", "library",
				"local_file_path", "storage"}},
		{"They say how the image was made, and their change does nothing: %s.", []string{"image_cache_path", "image_source_password",
			"image_source_username", "upload_via", "verify_checksum", "web_download"}},
	},
	"networking_network": {
		{"%s: another VLAN is written into the portgroup in place, and what is plugged in goes on with it. Another type, switch or transport " +
			"zone is refused at plan.", []string{"segments"}},
	},
	"compute_node": {
		{"%s: the host goes into maintenance, or is emptied for another cluster. DRS moves its running machines away where it is on; else the " +
			"apply waits for somebody to do it, as long as `timeouts` allow.", []string{"status", "cluster"}},
		{"They count when the host is added, and where it is not connected when it is connected again: %s.",
			[]string{"password", "password_wo", "password_wo_version", "username", "thumbprint", "trust_on_first_use"}},
		{"They count when a host is put into maintenance or removed: %s.", []string{"adopt", "evacuate_powered_off"}},
	},
	"networking_floatingip": {
		{"%s: another external network makes another floating IP.", []string{"pool"}},
		{"It counts when the floating IP is made: %s.", []string{"subnet_ids"}},
	},
}
