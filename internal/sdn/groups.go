// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// DefaultGroupID is the id of the group "default" where nothing, or the distributed switch, enforces groups: the same in every vCenter.
const DefaultGroupID = defaultGroups + "b2d1-21c1d1b3b4ed"

// defaultGroups is how the id of every default group begins. Version 5 sets it apart from all ids that are chosen at random.
const defaultGroups = "a9d5e77e-ea66-5b94-"

// DefaultGroupOf returns the id of a project's default group where groups are OpenStack's as they stand. It follows from the project's
// name, so that all workspaces of the project know it before anything is recorded.
func DefaultGroupOf(project string) string {
	sum := sha256.Sum256([]byte(project))
	sum[0] = sum[0]&0x3f | 0x80 // the variant of UUIDs (RFC 9562)
	return fmt.Sprintf("%s%x-%x", defaultGroups, sum[:2], sum[2:8])
}

// DefaultGroupAmong returns the id of a default group where several vCenters share what it is in, and each has projects of the same names.
// owner is what tells one from another. It is the id of a default group, too.
func DefaultGroupAmong(id, owner string) string {
	sum := sha256.Sum256([]byte(id + " " + owner))
	sum[0] = sum[0]&0x3f | 0x80
	return fmt.Sprintf("%s%x-%x", defaultGroups, sum[:2], sum[2:8])
}

// IsDefaultGroup reports whether an id is that of a default group, of whichever project.
func IsDefaultGroup(id string) bool { return strings.HasPrefix(id, defaultGroups) }

// GroupNamed finds a group by its id, or by its name in a project. A name that several groups have is an error, as in Nova.
func GroupNamed(all []openstack.SecurityGroup, project, text string) (openstack.SecurityGroup, error) {
	var own []openstack.SecurityGroup
	var others, names []string
	for _, g := range all {
		switch mine := g.Project == project || g.ID == DefaultGroupID; {
		case g.ID == text:
			return g, nil
		case g.Name == text && mine:
			own = append(own, g)
		case g.Name == text:
			others = append(others, fmt.Sprintf("%s (of the project %q)", g.ID, g.Project))
		case mine:
			names = append(names, g.Name)
		}
	}
	switch {
	case len(own) == 1:
		return own[0], nil
	case len(own) > 1:
		return openstack.SecurityGroup{}, &AmbiguousGroupError{text, own}
	case len(others) > 0:
		return openstack.SecurityGroup{}, openstack.NotFound("the project %q has no security group %q, others have: write its id, %s", project,
			text, strings.Join(others, " or "))
	}
	slices.Sort(names)
	return openstack.SecurityGroup{}, openstack.NotFound("there is no security group %q in the project %q, which has: %s", text, project,
		strings.Join(names, ", "))
}

// AmbiguousGroupError is the error for a name that several groups have.
type AmbiguousGroupError struct {
	Name   string
	Groups []openstack.SecurityGroup
}

// Error lists the ids to choose from.
func (e *AmbiguousGroupError) Error() string {
	var ids []string
	for _, g := range e.Groups {
		if g.ID != "" {
			ids = append(ids, g.ID)
		}
	}
	return fmt.Sprintf("%d security groups are called %q: write the id of one of them (%s)", len(e.Groups), e.Name,
		cmp.Or(strings.Join(ids, ", "), "its resource has it"))
}

// CheckGroups refuses the default group beside others: it lets everything pass, and would override them.
func CheckGroups(ids []string) error {
	if slices.Contains(ids, DefaultGroupID) && len(ids) > 1 {
		return fmt.Errorf("the group %q filters nothing here, so beside other groups it would make them void: leave it out, and write the "+
			"rules that it has in OpenStack into a group of your own", openstack.DefaultGroup)
	}
	return nil
}

// WarnDefault warns of what the default group means here. warn must give the warning only once.
func WarnDefault(warn func(summary, detail string)) {
	warn("The security group default filters nothing", "In OpenStack it lets nobody in but its own members; on a vCenter nothing is "+
		"enforced for a port that has it. Write groups of your own, and the provider's security_groups = \"dvs\", to filter")
}

// WarnPhysical warns of what groups mean beside a physical firewall. warn must give the warning only once.
func WarnPhysical(warn func(summary, detail string)) {
	warn("Security groups are records", "With the provider's security_groups = \""+EnforcePhysical+"\" groups and their rules are recorded, "+
		"and effective_rules of a port lists what they amount to: nothing is enforced unless the physical firewall of these networks is "+
		"configured "+
		"so, and ports of one VLAN reach each other past it")
}
