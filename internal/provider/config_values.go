// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/vmware/govmomi/vim25/soap"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func indexOf(name string) int {
	for i, s := range settings {
		if s.name == name {
			return i
		}
	}
	panic("no setting " + name)
}

// value returns the written value, or the first environment variable that is set.
func value(name string, written types.String) string {
	if written.ValueString() != "" {
		return written.ValueString()
	}
	s := settings[indexOf(name)]
	for _, key := range s.env {
		text := os.Getenv(key)
		if text == "" {
			continue
		}
		if s.clean != nil && strings.HasPrefix(key, "GOVC_") {
			text = s.clean(text)
		}
		return text
	}
	return ""
}

func boolean(name string, written types.Bool, env ...string) (bool, error) {
	if !written.IsNull() {
		return written.ValueBool(), nil
	}
	for _, key := range env {
		if text := os.Getenv(key); text != "" {
			on, err := strconv.ParseBool(text)
			if err != nil {
				return false, openstack.AttributeErrorf(name, "the environment variable %s is %q: write true or false", key, text)
			}
			return on, nil
		}
	}
	return false, nil
}

func minutes(written types.Int64, env string) (time.Duration, error) {
	if !written.IsNull() {
		return time.Duration(written.ValueInt64()) * time.Minute, nil
	}
	text := os.Getenv(env)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, openstack.AttributeErrorf("api_timeout", "the environment variable %s is %q: write a number of minutes", env, text)
	}
	return time.Duration(n) * time.Minute, nil
}

// hostOf returns the host of govc's URL and nothing else, because a URL may hold a password.
func hostOf(text string) string {
	host, err := address(text)
	if err != nil {
		return ""
	}
	return host
}

// address reduces the name of a vCenter to host or host:port. The error does not repeat a text that it cannot parse, because it may hold
// a password.
func address(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := soap.ParseURL(text)
	if err != nil || u == nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " /@") {
		return "", openstack.AttributeErrorf("vsphere_server", "it is not the address of a vCenter: write a host name, or host:port")
	}
	return u.Host, nil
}

// after returns a function that cuts an inventory path behind a word: /dc1/vm/a/b becomes a/b.
func after(word string) func(string) string {
	return func(text string) string {
		if _, rest, found := strings.Cut(text+"/", word+"/"); found {
			return strings.Trim(rest, "/")
		}
		return strings.Trim(text, "/")
	}
}
