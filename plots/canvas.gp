# canvas.gp - opens OUT as SVG or PNG, by its ending, WIDTH x HEIGHT. Loaded by the other scripts once the size is known.
# Text is never "enhanced": an underscore in a name is an underscore.
if (is_png(OUT)) {
    set terminal pngcairo noenhanced background "#ffffff" font "DejaVu Sans,10" fontscale 2 linewidth 2 pointscale 1.8 \
        size 2 * WIDTH, 2 * HEIGHT
} else {
    set terminal svg noenhanced background "#ffffff" font "DejaVu Sans,13" linewidth 1 size WIDTH, HEIGHT
}
set output OUT
