package gateways

import (
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// mostPorts is how many values a list of ports has at most; a range counts as two (API of NSX 4.1, L4PortSetServiceEntry).
const mostPorts = 15

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

// checkService refuses a service without entries, and entries about ports that are not there or too many.
func checkService(_ *policy.Objects, _ *policy.Object, body map[string]any) *policy.Refusal {
	entries := elements(body["service_entries"])
	if len(entries) == 0 {
		return policy.Invalid("a service has to have service_entries")
	}
	for _, entry := range entries {
		if entry["resource_type"] != "L4PortSetServiceEntry" {
			continue
		}
		if entry["l4_protocol"] == nil {
			return policy.Invalid("L4PortSetServiceEntry has to have l4_protocol")
		}
		for _, property := range []string{"source_ports", "destination_ports"} {
			if refusal := checkPorts(property, policy.Strings(entry, property)); refusal != nil {
				return refusal
			}
		}
	}
	return nil
}

func checkPorts(property string, texts []string) *policy.Refusal {
	count := 0
	for _, text := range texts {
		of, ok := parsePorts(text)
		if !ok {
			return policy.Invalid("%s has %q, which is no port and no range of ports", property, text)
		}
		count++
		if of.first != of.last {
			count++
		}
	}
	if count > mostPorts {
		return policy.Invalid("%s has more than %d values", property, mostPorts)
	}
	return nil
}
