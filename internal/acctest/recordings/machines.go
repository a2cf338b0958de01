// SPDX-License-Identifier: MPL-2.0

package recordings

import "slices"

// impossible are the recordings of a machine that no vCenter would have made, by their number, with the reason. Nova's driver was recorded
// against a server that refuses less.
var impossible = map[string]string{
	"034": "custom shares without a number are refused by a vCenter",
	"043": "it reserves more memory than it has, which a vCenter refuses",
	"064": "its guest id is none, which a vCenter refuses",
	"166": "it is resized to memory that is no multiple of 4 MB, which a vCenter refuses",
}

// Number is the recording's number, with which its name begins.
func (r Recording) Number() string { return r.Name[:min(3, len(r.Name))] }

// Machineless returns why a recording leaves no machine in a vCenter, or "" where it leaves one.
func (r Recording) Machineless() string {
	if refused := r.Refused(); refused != nil {
		return "Nova refused to make it: " + refused.Message
	}
	if slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Op == "destroy" }) {
		return "Nova destroyed it"
	}
	return impossible[r.Number()]
}
