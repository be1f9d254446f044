# common.gp - what every plot of dyno shares: how summary.csv is read, the palette, units, the canvas.
# Loaded by the other scripts, not used alone. Needs gnuplot 5.4 and nothing else.

set encoding utf8
set datafile separator comma
set datafile columnheaders
set minussign
set micro

# The colours of M. Okabe and K. Ito, "Color Universal Design", 2008, which the colour-blind can tell apart. A contender
# has one colour and one point in all plots: warm ones are dyno's own, black the plainest way to do it.
has(list, name) = strstrt(" ".list." ", " ".name." ") > 0
style_of(c) = has("engine futures freelist", c) ? 1 : has("serial blocking malloc", c) ? 2 : \
              has("openmp callbacks jemalloc", c) ? 3 : has("tbb onetbb libuv mimalloc", c) ? 4 : \
              has("glib libev tcmalloc", c) ? 5 : has("poll", c) ? 6 : has("bump io_uring io-uring uring", c) ? 7 : \
              8 + (index_in(strangers, c) - 1) % 4
array palette[11] = [0xD55E00, 0x000000, 0x0072B2, 0x009E73, 0xCC79A7, 0x56B4E9, 0xE69F00, \
                     0x7F7F7F, 0x56B4E9, 0xCC79A7, 0x009E73]
array points_of[11] = [7, 4, 5, 9, 11, 13, 15, 6, 8, 10, 12]
colour(c) = palette[style_of(c)]
point(c) = points_of[style_of(c)]

# Lists are words in a string: the names of contenders and workloads hold no spaces.
index_in(list, name) = sum [i = 1:words(list)] (word(list, i) eq name ? i : 0)
with_word(list, name) = has(list, name) ? list : (list eq "" ? name : list." ".name)

# Contenders this script has never heard of take the spare styles in the order of the file.
strangers = ""
known = "engine futures freelist serial blocking malloc openmp callbacks jemalloc tbb onetbb libuv mimalloc glib libev ".\
        "tcmalloc poll bump io_uring io-uring uring"
meet(c) = has(known, c) ? 0 : strlen(strangers = with_word(strangers, c))
set table $unused
plot CSV using (meet(strcol("contender"))) with table
unset table

# Figures. A missing one is NaN; an interval that is missing has the width 0.
figure(name) = strcol(name) eq "" ? NaN : column(name)
low(m) = strcol("ci_low") eq "" ? m : column("ci_low")
high(m) = strcol("ci_high") eq "" ? m : column("ci_high")
primary(unused) = strcol("primary") eq "1"

# The first workload of a family (any for ""), and the last parameters of a workload: what is drawn when none are named.
first_workload = ""
take_workload(family, metric) = first_workload eq "" && (family eq "" || strcol("family") eq family) && \
    (metric eq "" ? primary(0) : strcol("metric") eq metric) ? strlen(first_workload = strcol("workload")) : 0
last_params = ""
last_pin = ""
take_params(workload) = strcol("workload") eq workload && strcol("median") ne "" ? \
    (strlen(last_params = strcol("params")) + strlen(last_pin = strcol("pin"))) : 0

# Units: times count in seconds whatever part of them the unit names; then the prefix that suits the largest figure.
starts(u, s) = u eq s || u[1:strlen(s) + 1] eq s."/"
unit_factor(u) = starts(u, "ns") ? 1e-9 : starts(u, "us") || starts(u, "µs") ? 1e-6 : starts(u, "ms") ? 1e-3 : 1
unit_base(u) = unit_factor(u) == 1 ? u : "s".(strstrt(u, "/") > 0 ? u[strstrt(u, "/"):] : "")
smallest(u) = starts(u, "s") ? -12 : 0
exponent(largest, u) = largest > 0 ? 3 * int(floor(log10(largest * 1.0005) / 3)) : 0
clamp(e, u) = e < smallest(u) ? smallest(u) : e > 12 ? 12 : e
prefix(e) = e == 0 ? "" : word("p n µ m k M G T", e < 0 ? (e + 12) / 3 + 1 : e / 3 + 4)
unit_name(u) = u eq "count" || u eq "ratio" ? "" : u
three(v) = sprintf(abs(v) >= 99.95 ? "%.0f" : abs(v) >= 9.995 ? "%.1f" : "%.2f", v)
bracket(text) = text eq "" ? "" : " [".text."]"
toward(better) = better eq "lower" ? ", lower is better" : better eq "higher" ? ", higher is better" : ""
spaced(name) = (i_ = strstrt(name, "_")) == 0 ? name : name[1:i_ - 1]." ".spaced(name[i_ + 1:])
shortened(text, n) = strlen(text) <= n ? text : text[1:n - 1]."…"

# The canvas: WIDTH x HEIGHT, in points of an SVG or twice as many pixels of a PNG, by the ending of OUT.
is_png(name) = strlen(name) > 4 && name[strlen(name) - 3:] eq ".png"

set border 3 lc rgb "#404040"
set tics nomirror out scale 0.6 textcolor rgb "#202020"
set grid lc rgb "#dddddd" lw 0.7 lt 1
set style fill solid 0.9 noborder
set errorbars small
set pointintervalbox 0
