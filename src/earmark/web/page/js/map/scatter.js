// Draws the points by WebGL 2: one call for all of them, whatever their number. Panning and zooming change uniforms
// only; colours and levels lie in a buffer that is written again when they change. Nothing is allocated in a frame.

/** How a point stands out: held back, plain, found by what is searched, selected. */
export const LEVELS = { faint: 0, plain: 1, strong: 2, chosen: 3 };
const HOLLOW = 4;
const SHAPE_BIT = 3;

/** How many shapes points can have: circle, diamond, square, triangle, cross, triangle upside down. */
export const SHAPES = 6;

const VERTEX = `#version 300 es
in vec2 place;
in vec4 look;
uniform vec2 zoom;
uniform vec2 shift;
uniform float size;
uniform float most;
out vec3 colour;
flat out float radius;
flat out float cover;
flat out float hollow;
flat out float grown;
flat out int shape;
void main() {
  int code = int(look.a * 255.0 + 0.5);
  int level = code & 3;
  hollow = float((code >> 2) & 1);
  shape = code >> 3;
  grown = shape == 0 ? 1.0 : 1.25; // corners reach further than a circle of as much colour
  colour = look.rgb;
  float wide = level == 0 ? 0.72 : (level == 1 ? 1.0 : 1.4);
  cover = level == 0 ? 0.22 : 0.94;
  radius = min(most, max(1.3, size * wide)) * 0.5 + 0.5;
  gl_Position = vec4(place * zoom + shift, 0.0, 1.0);
  gl_PointSize = (2.0 * radius + 1.0) * grown;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec3 colour;
flat in float radius;
flat in float cover;
flat in float hollow;
flat in float grown;
flat in int shape;
uniform vec3 ground;
out vec4 painted;
float reach(vec2 at) { // how far from the middle, in radii of the shape times pixels
  vec2 side = abs(at);
  if (shape == 1) return (side.x + side.y) / 1.22;
  if (shape == 2) return max(side.x, side.y) / 0.88;
  if (shape == 3) return max(at.y, side.x * 0.866 - at.y * 0.5) / 0.62;
  if (shape == 4) return min(max(side.x / 1.2, side.y / 0.46), max(side.y / 1.2, side.x / 0.46));
  if (shape == 5) return max(-at.y, side.x * 0.866 + at.y * 0.5) / 0.62;
  return length(at);
}
void main() {
  float away = reach((gl_PointCoord - 0.5) * (2.0 * radius + 1.0) * grown);
  float whole = clamp(radius - away + 0.5, 0.0, 1.0);
  if (whole <= 0.0) discard;
  float rim = radius > 3.0 ? 0.14 * radius + 0.4 : 0.0;
  float body = clamp(radius - rim - away + 0.5, 0.0, 1.0);
  float hole = hollow * clamp(radius * 0.55 - rim * 0.5 - away + 0.5, 0.0, 1.0);
  vec3 shade = mix(ground, colour, body * (1.0 - 0.9 * hole));
  painted = vec4(shade, 1.0) * whole * cover;
}`;

export class Scatter {
  #gl = null;
  #program = null;
  #uniforms = {};
  #buffers = {};
  #looks;
  #order;
  #counts = new Uint32Array(5);
  #ground = [1, 1, 1];
  #data;
  #onLost;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./data.js").MapData} data
   * @param {{signal: AbortSignal, changed: () => void, onLost: () => void}} options `changed`: asked for a new frame;
   *   `onLost`: the browser has taken away what it draws with.
   * @throws {Error} This browser has no WebGL 2, or refuses it.
   */
  constructor(canvas, data, { signal, changed, onLost }) {
    this.canvas = canvas;
    this.#onLost = onLost;
    this.#data = data;
    this.#looks = new Uint8Array(4 * data.n);
    this.#order = new Uint32Array(data.n);
    /** Each point's level; written by whoever decides, then told by `restyle`. */
    this.levels = new Uint8Array(data.n).fill(LEVELS.plain);
    this.#start();
    canvas.addEventListener("webglcontextlost", (event) => this.#lost(event), { signal });
    canvas.addEventListener("webglcontextrestored", () => this.#restored(changed), { signal });
    signal.addEventListener("abort", () => this.#gl?.getExtension("WEBGL_lose_context")?.loseContext(), { once: true });
  }

  /** Whether there is something to draw with; the browser may take it away, and bring it back. */
  get draws() {
    return this.#gl !== null;
  }

  #lost(event) {
    event.preventDefault(); // or the browser does not bring it back
    this.#gl = null;
    this.#onLost();
  }

  #restored(changed) {
    try {
      this.#start();
    } catch (error) {
      this.#gl = null; // taken away once more meanwhile; whoever waits for it sees that it does not draw
      console.info("the map's picture did not come back:", error.message);
    }
    changed();
  }

  #start() {
    const gl = this.canvas.getContext("webgl2", {
      antialias: false,
      alpha: true,
      premultipliedAlpha: true,
      powerPreference: "low-power",
    });
    if (!gl || gl.isContextLost()) throw new Error("This browser draws no WebGL 2.");
    this.#gl = gl;
    this.#program = linked(gl);
    for (const name of ["zoom", "shift", "size", "most", "ground"])
      this.#uniforms[name] = gl.getUniformLocation(this.#program, name);
    this.#fill(gl);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.clearColor(0, 0, 0, 0);
  }

  #fill(gl) {
    const { n, x, y } = this.#data;
    const places = new Float32Array(2 * n);
    for (let i = 0; i < n; i += 1) {
      places[2 * i] = x[i];
      places[2 * i + 1] = y[i];
    }
    gl.bindVertexArray(gl.createVertexArray());
    this.#attribute(gl, "place", places, 2, gl.FLOAT, gl.STATIC_DRAW);
    this.#attribute(gl, "look", this.#looks, 4, gl.UNSIGNED_BYTE, gl.DYNAMIC_DRAW);
    this.#buffers.order = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#buffers.order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, this.#order, gl.DYNAMIC_DRAW);
  }

  #attribute(gl, name, values, size, type, usage) {
    const at = gl.getAttribLocation(this.#program, name);
    this.#buffers[name] = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, usage);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, type === gl.UNSIGNED_BYTE, 0, 0);
  }

  /**
   * Take new colours and levels: what stands out is drawn last, above the rest.
   *
   * @param {Uint8Array} colours Red, green, blue and shape of each point, n * 4; shapes from 0 to `SHAPES` - 1.
   */
  restyle(colours) {
    const { n } = this.#data;
    const [levels, looks, counts] = [this.levels, this.#looks, this.#counts.fill(0)];
    for (let i = 0; i < n; i += 1) {
      looks[4 * i] = colours[4 * i];
      looks[4 * i + 1] = colours[4 * i + 1];
      looks[4 * i + 2] = colours[4 * i + 2];
      looks[4 * i + 3] = levels[i] | (this.#data.isNew(i) ? HOLLOW : 0) | (colours[4 * i + 3] << SHAPE_BIT);
      counts[levels[i] + 1] += 1;
    }
    for (let level = 1; level < 5; level += 1) counts[level] += counts[level - 1];
    for (let i = 0; i < n; i += 1) this.#order[counts[levels[i]]++] = i;
    const gl = this.#gl;
    if (!gl) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.look);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, looks);
    gl.bufferSubData(gl.ELEMENT_ARRAY_BUFFER, 0, this.#order);
  }

  /** The ground's colour, which rims have; red, green and blue from 0 to 255. */
  setGround([red, green, blue]) {
    this.#ground = [red / 255, green / 255, blue / 255];
  }

  /** A plain point's width in CSS pixels, by how many there are and how near one is. */
  pointSize(camera) {
    const base = Math.max(2.4, Math.min(13, 42 / this.#data.n ** 0.27));
    return Math.min(16, base * Math.max(1, camera.zoom) ** 0.42);
  }

  /** @param {import("./camera.js").Camera} camera */
  draw(camera) {
    const gl = this.#gl;
    if (!gl) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    gl.viewport(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(this.#program);
    const [zx, zy] = [(2 * camera.scale) / camera.width, (2 * camera.scale) / camera.height];
    gl.uniform2f(this.#uniforms.zoom, zx, zy);
    gl.uniform2f(this.#uniforms.shift, -camera.x * zx, -camera.y * zy);
    gl.uniform1f(this.#uniforms.size, this.pointSize(camera) * ratio);
    gl.uniform1f(this.#uniforms.most, 28 * ratio);
    gl.uniform3f(this.#uniforms.ground, this.#ground[0], this.#ground[1], this.#ground[2]);
    gl.drawElements(gl.POINTS, this.#data.n, gl.UNSIGNED_INT, 0);
  }
}

function linked(gl) {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS))
    throw new Error(`the map's shaders: ${gl.getProgramInfoLog(program)}`);
  return program;
}
