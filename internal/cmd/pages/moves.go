// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"strings"
)

// refusedMoves are the nouns whose moves are refused with what to do instead.
var refusedMoves = map[string]string{
	"images_image": "A `moved` block from `openstack_images_image_v2` is refused, because no vCenter has a file of Glance. A `removed` " +
		"block with " +
		"`destroy = false` takes that out of the state, and this resource makes the image anew from the same file.",
}

// moves renders what a moved block makes this resource of.
func moves(noun string, from []string) string {
	if len(from) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n## Moved from\n\n")
	if refused := refusedMoves[noun]; refused != "" {
		return b.String() + refused + "\n"
	}
	b.WriteString("A `moved` block makes this resource of one of another provider (Terraform 1.8 or OpenTofu 1.10). That provider must " +
		"still be " +
		"installable, because the state names it; it is not configured.\n\n")
	for _, old := range from {
		fmt.Fprintf(&b, "```terraform\nmoved {\n  from = %s.example\n  to   = %s%s.example\n}\n```\n\n", old, prefix, noun)
	}
	b.WriteString("What becomes of the state, and what the plan shows, is told in ")
	guides := "[Leaving Nova without a reboot](../guides/leaving-nova-without-a-reboot.md)"
	for _, old := range from {
		if strings.HasPrefix(old, "vsphere_") {
			guides += " and [From vsphere_virtual_machine to an instance](../guides/leaving-vsphere-virtual-machine.md)"
		}
	}
	return b.String() + guides + ".\n"
}
