// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
)

// poolLives are the lives of subnet pools and of groups of addresses.
var poolLives = []life{
	{noun: "networking_addressscope", stages: []string{scopeNamed("p-scope"), scopeNamed("p-scope-2")}},
	{noun: "networking_subnetpool", stages: []string{poolOf("10.30.0.0/16"), poolOf("10.30.0.0/15")}},
	{noun: "networking_address_group", stages: []string{addressGroup("192.0.2.0/25"), addressGroup("192.0.2.0/24")}},
	{noun: "networking_address_group", feature: pluggedIn, settings: "  security_groups = \"dvs\"\n", before: grouping,
		stages: []string{admitting + addressGroup("192.0.2.0/25"), admitting + addressGroup("192.0.2.0/24")}},
}

func scopeNamed(name string) string {
	return fmt.Sprintf("resource \"novasphere_networking_addressscope\" \"it\" {\n  name = %q\n}\n", name)
}

func poolOf(prefix string) string {
	return fmt.Sprintf("resource \"novasphere_networking_subnetpool\" \"it\" {\n  name = \"p-pool\"\n  prefixes = [%q]\n}\n", prefix)
}

func addressGroup(prefix string) string {
	return fmt.Sprintf("resource \"novasphere_networking_address_group\" \"it\" {\n  name = \"p-addresses\"\n  addresses = [%q]\n}\n", prefix)
}

// admitting is a rule that lets the addresses of a group in.
var admitting = strings.Replace(ruled, "  protocol", "  remote_address_group_id = novasphere_networking_address_group.it.id\n  protocol", 1)
