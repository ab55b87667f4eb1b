package address_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate/address"
)

func bypass(t testing.TB, hosts ...string) address.Bypass {
	t.Helper()
	b, err := address.ParseBypass(hosts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBypassExtend(t *testing.T) {
	cluster := bypass(t, "fd00:10:96::/112", "fd00::5", ".svc", ".cluster.local")
	const all = "fd00:10:96::/112,fd00::5,[fd00::5],.svc,.cluster.local"
	for _, tc := range []struct {
		name, list, want string
		ok               bool
	}{
		{"ranges_of_IPv4", "10.96.0.0/12", "10.96.0.0/12," + all, true},
		{"comma_at_the_end", "localhost,", "localhost," + all, true},
		{"spaces_stay", "a, b  c", "a, b  c," + all, true},
		{"all_there", all, all, true},
		{"one_spelling_there", "fd00::5", "fd00::5,fd00:10:96::/112,[fd00::5],.svc,.cluster.local", true},
		{"wider_range", "fd00::/8", "fd00::/8,fd00::5,[fd00::5],.svc,.cluster.local", true},
		{"narrower_range", "fd00:10:96::/120", "fd00:10:96::/120," + all, true},
		{"name_without_a_dot", "SVC,cluster.local", "SVC,cluster.local,fd00:10:96::/112,fd00::5,[fd00::5]", true},
		{"wider_name", "local", "local,fd00:10:96::/112,fd00::5,[fd00::5],.svc", true},
		{"longer_name", "shop.svc", "shop.svc," + all, true},
		{"like_a_name", "vc", "vc," + all, true},
		{"everything", "*", "*", true},
		{"everything_among_others", "a, *", "a, *," + all, true},
		{"everything_after_a_space", " *", " *," + all, true},
		{"space_between", "localhost .svc", "localhost .svc," + all, true},
		{"space_around", " .svc ,\t.cluster.local", " .svc ,\t.cluster.local,fd00:10:96::/112,fd00::5,[fd00::5]", true},
		{"end_of_a_line", "a,.svc\n", "a,.svc\n," + all, true},
		{"port", ".svc:443,[fd00::5]:443", ".svc:443,[fd00::5]:443," + all, true},
		{"wildcard", "*.svc", "*.svc," + all, true},
		{"empty", "", "", true},
		{"only_commas", " ,,", " ,,", true},
		{"reference", "$(NODE_IP),.svc", "$(NODE_IP),.svc", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := cluster.Extend(tc.list)
			if got != tc.want || ok != tc.ok {
				t.Errorf("Extend(%q) = %q, %t; want %q, %t", tc.list, got, ok, tc.want, tc.ok)
			}
		})
	}
	if got, _ := bypass(t, "shop").Extend(".shop,a.shop"); got != ".shop,a.shop,shop" {
		t.Errorf("a host that is the end of others: Extend() = %q, want it added", got)
	}
	if got, _ := bypass(t, "a.shop", ".shop").Extend("x,.shop"); got != "x,.shop" {
		t.Errorf("hosts that end in one that is there: Extend() = %q, want nothing added", got)
	}
	if got, ok := (address.Bypass{}).Extend("a"); got != "a" || !ok {
		t.Errorf("the zero Bypass: Extend(a) = %q, %t; want it as it is", got, ok)
	}
}

func TestParseBypass(t *testing.T) {
	if got, want := bypass(t, "fd00::/8", "FD00::5", ".svc").String(), "fd00::/8,fd00::5,.svc"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	for _, text := range []string{"", "*", "10.96.0.0/12", "10.0.0.1", "fd00::5/8", "::ffff:10.0.0.0/104", "fe80::1%eth0", "a,b", "svc:80", "[fd00::5]", "..svc"} {
		want := fmt.Sprintf("%q is not an IPv6 range like fd00:10:96::/112, an IPv6 address or a name like .svc", text)
		if _, err := address.ParseBypass([]string{".svc", text}); fmt.Sprint(err) != want {
			t.Errorf("ParseBypass(%q) = %v, want %s", text, err, want)
		}
	}
}

// TestBypassRules holds the rules of lists made at random.
func TestBypassRules(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"localhost", "10.0.0.0/8", "fd00::5", "[fd00::5]", "fd00::/8", ".svc", "svc", "*", "$(A)", ",", ",", ",", " ", "", "::/0", "x"}
	changes := 0
	for range 20_000 {
		var list string
		for range random.IntN(7) {
			list += pieces[random.IntN(len(pieces))]
		}
		if checkBypass(t, list) {
			changes++
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if changes < 1000 {
		t.Errorf("%d lists changed: the rules are hardly tested", changes)
	}
}

// FuzzBypass holds the rules for any text.
func FuzzBypass(f *testing.F) {
	for _, list := range []string{"localhost, 10.0.0.0/8", "*", "a,*", "", " ,", "$(A)", "a .svc", "SVC,fd00::/8\n", "[fd00::5]:80,.svc:80", "fd00::5,"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) { checkBypass(t, list) })
}

// checkBypass wants of any list what was there to stay at the front, byte for byte;
// nothing to be added twice, or that is not a spelling of a host; nothing to be added
// to what is not known, empty or everything; and nothing the second time. It reports
// whether the list changed.
func checkBypass(t *testing.T, list string) bool {
	t.Helper()
	b := bypass(t, "fd00:10:96::/112", "fd00::5", ".svc")
	spellings := []string{"fd00:10:96::/112", "fd00::5", "[fd00::5]", ".svc"}
	got, ok := b.Extend(list)
	added, isBehind := strings.CutPrefix(got, list)
	if !isBehind {
		t.Fatalf("Extend(%q) = %q: what was there is lost", list, got)
	}
	if again, _ := b.Extend(got); again != got {
		t.Errorf("Extend(%q) = %q, and again %q", list, got, again)
	}
	if ok == strings.Contains(list, "$") {
		t.Errorf("Extend(%q) = %t, want whether all of it is known", list, ok)
	}
	if added == "" {
		return false
	}
	if !ok || list == "*" || strings.Trim(list, ", \t") == "" {
		t.Errorf("Extend(%q) = %q, want it as it is", list, got)
	}
	items := strings.Split(strings.TrimPrefix(added, ","), ",")
	for i, item := range items {
		if !slices.Contains(spellings, item) || slices.Contains(items[:i], item) {
			t.Errorf("Extend(%q) added %q: want each spelling once", list, added)
		}
	}
	return true
}
