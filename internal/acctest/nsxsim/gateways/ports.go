// SPDX-License-Identifier: MPL-2.0

package gateways

import (
	"strconv"
	"strings"
)

// ports are a range of ports, of one port where both are equal.
type ports struct{ first, last int }

func (p ports) contains(port int) bool { return p.first <= port && port <= p.last }

// parsePorts reads a port, or a range of ports.
func parsePorts(text string) (ports, bool) {
	from, to, ranged := strings.Cut(text, "-")
	if !ranged {
		to = from
	}
	first, err1 := strconv.ParseUint(from, 10, 16)
	last, err2 := strconv.ParseUint(to, 10, 16)
	return ports{int(first), int(last)}, err1 == nil && err2 == nil && (first < last || first == last && !ranged)
}
