// SPDX-License-Identifier: MPL-2.0

package cloudconfig

// The rules that many keys share.
var (
	aText    = &rule{kinds: text}
	aFlag    = &rule{kinds: flag}
	aNumber  = &rule{kinds: whole}
	anObject = &rule{kinds: object}
	aList    = &rule{kinds: list}
	texts    = &rule{kinds: list, each: aText}
	command  = &rule{kinds: text | list, each: aText}
	commands = &rule{kinds: list, each: command}
	flagText = &rule{kinds: flag | text}
	textList = &rule{kinds: text | list, each: aText}
)

func words(of ...string) *rule { return &rule{kinds: text, words: of} }

// keys are the keys of the first level that cloud-init documents, up to its release 26.2, and what each may hold. Where a module has many
// arguments of its own, the kind alone is checked.
var keys = map[string]*rule{
	"allow_public_ssh_keys": aFlag, "ansible": anObject, "apk_repos": anObject, "apt": apt, "apt_pipelining": {kinds: flag | whole | text},
	"apt_reboot_if_required": aFlag, "apt_update": aFlag, "apt_upgrade": aFlag, "authkey_hash": aText, "autoinstall": anObject,
	"bootcmd": commands, "byobu_by_default": aText, "ca-certs": anObject, "ca_certs": caCerts, "chef": anObject, "chpasswd": chpasswd,
	"cloud_config_modules": aList, "cloud_final_modules": aList, "cloud_init_modules": aList, "create_hostname_file": aFlag,
	"datasource": anObject, "datasource_list": texts, "device_aliases": anObject, "disable_ec2_metadata": aFlag, "disable_root": aFlag,
	"disable_root_opts": aText, "disk_setup": anObject, "drivers": anObject, "fan": anObject, "final_message": aText, "fqdn": aText,
	"fs_setup": {kinds: list, each: anObject}, "groups": {kinds: text | list | object},
	"growpart": {kinds: object, fields: map[string]*rule{"devices": texts, "ignore_growroot_disabled": aFlag,
		"mode": {kinds: flag | text, words: []string{"auto", "growpart", "gpart", "off"}}}},
	"grub-dpkg": anObject, "grub_dpkg": anObject, "hostname": aText,
	"keyboard": {kinds: object, needs: []string{"layout"},
		fields: map[string]*rule{"layout": aText, "model": aText, "options": aText, "variant": aText}},
	"landscape": anObject, "launch-index": aNumber, "locale": flagText, "locale_configfile": aText, "lxd": anObject,
	"manage_etc_hosts":   {kinds: flag | text, words: []string{"localhost", "template"}},
	"manage_resolv_conf": aFlag, "mcollective": anObject, "merge_how": {kinds: text | list}, "merge_type": {kinds: text | list},
	"migrate": aFlag, "mount_default_fields": aList, "mounts": {kinds: list, each: aList}, "no_ssh_fingerprints": aFlag, "ntp": ntp,
	"output": anObject, "package_reboot_if_required": aFlag, "package_update": aFlag, "package_upgrade": aFlag,
	"packages": {kinds: list, each: &rule{kinds: text | list | object}}, "password": aText,
	"phone_home": {kinds: object, needs: []string{"url"},
		fields: map[string]*rule{"post": textList, "tries": aNumber, "url": aText}},
	"power_state": powerState, "prefer_fqdn_over_hostname": aFlag, "preserve_hostname": aFlag, "puppet": anObject, "random_seed": anObject,
	"reporting": anObject, "resize_rootfs": {kinds: flag | text, words: []string{"noblock"}}, "resolv_conf": anObject,
	"rh_subscription": anObject, "rpi": anObject, "rsyslog": anObject, "runcmd": commands, "salt_minion": anObject, "snap": anObject,
	"spacewalk": anObject, "ssh": {kinds: object, fields: map[string]*rule{"emit_keys_to_console": aFlag}},
	"ssh_authorized_keys": texts, "ssh_deletekeys": aFlag, "ssh_fp_console_blacklist": texts, "ssh_genkeytypes": texts,
	"ssh_import_id": texts, "ssh_key_console_blacklist": texts, "ssh_keys": anObject, "ssh_publish_hostkeys": anObject,
	"ssh_pwauth": flagText, "ssh_quiet_keygen": aFlag, "swap": swap, "system_info": anObject, "timezone": aText, "ubuntu_advantage": anObject,
	"ubuntu_pro": anObject, "updates": anObject, "user": {kinds: text | object, fields: userFields}, "users": users, "vendor_data": anObject,
	"version": aText, "wireguard": anObject, "write_files": writeFiles, "yum_repo_dir": aText, "yum_repos": anObject, "zypper": anObject,
}

var apt = &rule{kinds: object, fields: map[string]*rule{"add_apt_repo_match": aText, "conf": aText, "debconf_selections": anObject,
	"disable_suites": texts, "ftp_proxy": aText, "http_proxy": aText, "https_proxy": aText, "preserve_sources_list": aFlag,
	"primary": {kinds: list, each: anObject}, "proxy": aText, "security": {kinds: list, each: anObject}, "sources": anObject,
	"sources_list": aText}}

var caCerts = &rule{kinds: object, fields: map[string]*rule{"remove-defaults": aFlag, "remove_defaults": aFlag, "trusted": texts}}

var chpasswd = &rule{kinds: object, fields: map[string]*rule{"expire": aFlag, "list": textList,
	"users": {kinds: list, each: &rule{kinds: object, needs: []string{"name"}, fields: map[string]*rule{"name": aText, "password": aText,
		"type": words("hash", "text", "RANDOM")}}}}}

var ntp = &rule{kinds: object, fields: map[string]*rule{"allow": texts, "config": anObject, "enabled": aFlag, "ntp_client": aText,
	"peers": texts, "pools": texts, "servers": texts}}

var powerState = &rule{kinds: object, needs: []string{"mode"}, fields: map[string]*rule{"condition": {kinds: text | flag | list},
	"delay": {kinds: whole | text}, "message": aText, "mode": words("poweroff", "reboot", "halt"), "timeout": aNumber}}

var swap = &rule{kinds: object, fields: map[string]*rule{"filename": aText, "maxsize": {kinds: whole | text},
	"size": {kinds: whole | text}}}

// users are a list of names, of user objects, or of groups of names.
var users = &rule{kinds: text | list | object, each: &rule{kinds: text | list | object, fields: userFields,
	needs: []string{"name", "snapuser"}}}

var userFields = map[string]*rule{"create-groups": aFlag, "create_groups": aFlag, "doas": texts, "expiredate": aText, "gecos": aText,
	"groups": {kinds: text | list | object}, "hashed-passwd": aText, "hashed_passwd": aText, "homedir": aText, "inactive": aText,
	"lock-passwd": aFlag, "lock_passwd": aFlag, "name": aText, "no-create-home": aFlag, "no_create_home": aFlag, "no-log-init": aFlag,
	"no_log_init": aFlag, "no-user-group": aFlag, "no_user_group": aFlag, "passwd": aText, "plain-text-passwd": aText,
	"plain_text_passwd": aText, "primary-group": aText, "primary_group": aText, "selinux-user": aText, "selinux_user": aText,
	"shell": aText, "snapuser": aText, "ssh-authorized-keys": texts, "ssh-import-id": texts, "ssh-redirect-user": aFlag,
	"ssh_authorized_keys": texts, "ssh_import_id": texts, "ssh_redirect_user": aFlag, "sudo": {kinds: text | list | flag},
	"system": aFlag, "uid": {kinds: whole | text}}

var writeFiles = &rule{kinds: list, each: &rule{kinds: object, needs: []string{"path"}, fields: map[string]*rule{"append": aFlag,
	"content": aText, "defer": aFlag, "owner": aText, "path": aText, "permissions": aText, "source": anObject,
	"encoding": words("gz", "gzip", "gz+base64", "gzip+base64", "gz+b64", "gzip+b64", "b64", "base64", "text/plain")}}}
