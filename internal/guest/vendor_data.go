// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// VendorData returns what cloud-init reads beside the user data, which takes precedence: lists of the same name are not merged. It is a
// cloud-config in JSON, which is also YAML, and a script where the guest is to announce cloud-init's end. It is empty where there is
// nothing to tell.
func VendorData(g CloudInit) string {
	config := vendorConfig(g)
	if !g.AnnounceEnd {
		return config
	}
	parts := [][2]string{{"text/x-shellscript", announceScript}}
	if config != "" {
		parts = append([][2]string{{"text/cloud-config", config}}, parts...)
	}
	var out strings.Builder
	out.WriteString("Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\nMIME-Version: 1.0\n\n")
	for _, part := range parts {
		out.WriteString("--" + boundary + "\nContent-Type: " + part[0] + "; charset=\"utf-8\"\nMIME-Version: 1.0\n\n" + part[1] + "\n")
	}
	out.WriteString("--" + boundary + "--\n")
	return out.String()
}

// boundary cannot occur in the parts that it separates, because files are in base64.
const boundary = "novasphere-vendor-data"

func vendorConfig(g CloudInit) string {
	config := map[string]any{}
	if g.PasswordHash != "" {
		config["chpasswd"] = map[string]any{"expire": false, "users": []any{map[string]any{"name": "root", "password": g.PasswordHash,
			"type": "hash"}}}
	}
	var files []any
	for _, f := range g.Personality {
		files = append(files, map[string]any{"path": f.Path, "encoding": "b64", "content": base64.StdEncoding.EncodeToString([]byte(f.Content))})
	}
	if len(files) > 0 {
		config["write_files"] = files
	}
	if len(config) == 0 {
		return ""
	}
	raw, _ := json.Marshal(config) // strings and lists only
	return "#cloud-config\n" + string(raw) + "\n"
}

// announceScript waits beside cloud-init for its end, and writes its status where vCenter shows it.
var announceScript = strings.Join([]string{
	"#!/bin/sh",
	"(",
	"  cloud-init status --wait >/dev/null 2>&1",
	"  status=$(cloud-init status 2>/dev/null | sed -n 's/^status: *//p')",
	"  say=\"info-set " + EndKey + " ${status:-unknown}\"",
	"  vmware-rpctool \"$say\" || vmtoolsd --cmd \"$say\"",
	") >/dev/null 2>&1 &",
	"",
}, "\n")
