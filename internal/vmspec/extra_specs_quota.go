// SPDX-License-Identifier: MPL-2.0

package vmspec

import "slices"

// quotaRows are the extra specs of Nova's allocations.
var quotaRows = slices.Concat(
	quota("cpu", "CPU", "MHz", "the VM's CPU", func(b *builder) *allocation { return &b.cpu }),
	quota("memory", "memory", "MB", "the VM's memory", func(b *builder) *allocation { return &b.memory }),
	quota("disk_io", "disk", "IOPS", "the root disk", func(b *builder) *allocation { return &b.diskIO }),
	quota("vif", "NIC", "Mbit/s", "every NIC", func(b *builder) *allocation { return &b.nicTraffic }),
)

func quota(what, subject, unit, whose string, of func(*builder) *allocation) []Row {
	row := func(word, about, values, effect string) Row {
		return Row{ExtraSpec: "quota:" + what + "_" + word, Values: values, Effect: effect, says: about,
			set: func(b *builder, v string, _ bool) error { return of(b).set(word, v) }}
	}
	return []Row{
		row("limit", subject+" limit", unit, "at most so much for "+whose),
		row("reservation", subject+" reservation", unit, "at least so much for "+whose),
		row("shares_level", subject+" shares", "low, normal, high, custom", "relative weight of "+whose),
		row("shares_share", "", "a number, with level custom only", "relative weight of "+whose),
	}
}
