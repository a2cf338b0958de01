// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

const (
	// DefaultUser is the account that can log in unless Options says otherwise.
	DefaultUser = "admin"
	// DefaultPassword is its password. It opens nothing but a simulator on the loopback interface, and means something else where a form is
	// not encoded.
	DefaultPassword = "VMware1!+VMware1%21"
	// DefaultVersion is what the manager says of itself unless Options says otherwise.
	DefaultVersion = "4.2.1"
)

// Delays are how long NSX takes.
type Delays = policy.Delays

// Options choose what kind of NSX Manager starts. The zero value is the one most tests want.
type Options struct {
	// Listen is the address to serve on, a free port of 127.0.0.1 by default.
	Listen string
	// Version is product_version, as 3.2.3, 4.1.2, 4.2.1 or 9.0.0.
	Version string
	// User and Password are the only ones that can log in.
	User, Password string
	// Principal is the name of a principal identity, and PrincipalPEM the certificate that it shows.
	Principal    string
	PrincipalPEM []byte
	// Project is the id of a project that exists, where the version has projects.
	Project string
	// Delays are short by default.
	Delays Delays
	// Page is the most objects in a page of a list, 50 by default. A real manager's is 1000.
	Page int
	// Rate is the number of requests in a second after which more are refused, 100 by default, and Concurrent that of requests at one time,
	// 40 by default. Below zero nothing is refused.
	Rate, Concurrent int
	// Conflict answers a stale revision with 409, as some types do, and not with 412.
	Conflict bool
	// Unbind lets address bindings be taken from a port whose NIC is connected. Sources contradict each other.
	Unbind bool
	// Unlicensed refuses to write groups and security policies, as a manager does whose licence has no distributed firewall.
	Unlicensed bool
	// Apart gives logical switches ids that are not those of their segments, as in a manager that was upgraded from an older API.
	Apart bool
}

func (o Options) withDefaults() Options {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.Version = cmp.Or(o.Version, DefaultVersion)
	o.User, o.Password = cmp.Or(o.User, DefaultUser), cmp.Or(o.Password, DefaultPassword)
	o.Page = cmp.Or(o.Page, 50)
	o.Rate, o.Concurrent = cmp.Or(o.Rate, 100), cmp.Or(o.Concurrent, 40)
	o.Delays = o.Delays.WithDefaults()
	return o
}

// projects says whether the version has projects.
func (o Options) projects() bool { return o.since(4, 1) }

// since says whether the version is some version or a later one.
func (o Options) since(major, minor int) bool {
	first, rest, _ := strings.Cut(o.Version, ".")
	second, _, _ := strings.Cut(rest, ".")
	a, _ := strconv.Atoi(first)
	b, _ := strconv.Atoi(second)
	return a > major || a == major && b >= minor
}
